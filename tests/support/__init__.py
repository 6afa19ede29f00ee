"""Ways of feeding a parser, and strategies for what to feed."""
