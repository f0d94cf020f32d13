"""The plain pages that stand before everything else: the first account, sign-in, sign-out."""
