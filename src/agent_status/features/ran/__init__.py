"""Ran: what agents did without a request, until the user acknowledges it."""
