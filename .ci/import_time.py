"""The processor time that `import midstream` takes in a fresh interpreter, the least of several, and what it loads."""

import subprocess
import sys

PROGRAM = """
import sys, time
before = set(sys.modules)
start = time.process_time()
import midstream
took = time.process_time() - start
print(took * 1000, *sorted(set(sys.modules) - before))
"""
# without a cache of the bytecode the first run would measure the compiler
COMPILE = "import midstream, compileall; compileall.compile_dir(midstream.__path__[0], quiet=1)"
subprocess.run([sys.executable, "-c", COMPILE], check=True)
runs = [
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True).stdout.split()
    for _ in range(15)
]
best = min(float(run[0]) for run in runs)
print(f"import midstream: {best:.1f} ms (the goal is under 10), loads {', '.join(runs[0][1:])}")
