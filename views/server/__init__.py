"""What stands before and beside Streamlit: the gate, sockets, early links, assets.

In: requests. Out: those of a member passed on, the others answered.
One server, all readers.
"""
