"""Wire formats and nothing else: from bytes of the outside world to typed values, and back."""
