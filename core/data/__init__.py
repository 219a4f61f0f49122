"""Files that the package carries: vocabularies, the divisions of Jiading. Sources: NOTICE."""


def read(name: str) -> bytes:
    """Return the content of the packaged file `name`.

    It goes through importlib.resources, so that a zipped installation works as well.
    """
    # Imported here: it costs 10 ms, and most commands read no packaged file.
    from importlib.resources import files  # noqa: PLC0415

    return files(__name__).joinpath(name).read_bytes()
