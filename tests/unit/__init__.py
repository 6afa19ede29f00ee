"""The public names one by one."""
