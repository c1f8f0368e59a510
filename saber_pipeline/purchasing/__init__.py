"""Sending what is due: the write-ahead order, batches and single creates."""
