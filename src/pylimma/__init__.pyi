# The one list of public names, loaded on first use; kept in the order of the rooms.
__version__: str

from . import errors as errors

# datasets
from .datasets import CountData as CountData
from .datasets import mammary as mammary
from .datasets import simulate_counts as simulate_counts
from .datasets import yoruba as yoruba
