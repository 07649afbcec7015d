"""Strangers' files are read in processes of their own, one a file, each with bounded time and memory.

    drafting  the step `draft`, asked for; likewise inspecting, and showing for pages as pictures
    asking    one request: a document goes over, a typed answer comes back, or the process is killed
    forker    the process that has loaded the libraries and makes a fresh child for each document
    questions what the process must know of certificates, and is told
    turns     how many at once
    values    our frozen values as JSON and back, believing nothing
    wire      a message: a length, JSON, bytes

The other end is `signer.worker`, a program; nothing imports it. No PDF library is loaded on this side.
"""
