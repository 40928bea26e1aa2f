"""What may be typed: options, arguments, their help, and what to say when one is wrong."""
