"""A stand-in for gcloud, kubectl and docker: takes what the recorded help allows, keeps what was made, plays failures.

Nothing of it is Google's: help/*.json holds the names of flags as gcloud 578.0.0's own argument parser lists them, and
the errors are quoted from it and from public reports. It runs on the standard library alone, for it is found by PATH.
"""
