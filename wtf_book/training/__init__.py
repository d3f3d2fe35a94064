"""Training, as far as pages of the book need it: a short run that compares mixers."""
