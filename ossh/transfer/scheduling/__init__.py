"""Decides what is sent, recorded, retried and waited for. Pure: replies and a clock come in."""
