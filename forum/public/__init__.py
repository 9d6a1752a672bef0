"""What leaves the record for others to see and to count again: no room of the forum takes from here.

In go standing events; out come a village's story, the file of a meeting, and the program that recounts it.
"""
