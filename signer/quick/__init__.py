"""The short way to a yes: a plainly written, honest document is judged in milliseconds, without pyHanko."""
