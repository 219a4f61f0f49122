"""The first families, one file each; they come in through the entry points that anybody uses."""
