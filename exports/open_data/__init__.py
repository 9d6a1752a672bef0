"""Data given to everybody as sets: a data package, and what registers take."""
