# The one list of public names, loaded on first use; kept in the order of the rooms.
__version__: str

from . import errors as errors
