"""Vision transformers by name. Importing this package registers every family of the book with timm."""
from importlib import import_module
from pkgutil import iter_modules

from ..taxonomy import CLASSES
from .checks import check_published, check_variant
from .registry import VARIANTS, create_model, list_models
from .vit import MIXERS, MLPS, SEQUENCES, SlotViT, Slots, create_vit

__all__ = ["MIXERS", "MLPS", "SEQUENCES", "VARIANTS", "SlotViT", "Slots", "check_published", "check_variant",
           "create_model", "create_vit", "list_models"]

for _class in CLASSES:  # a module in the folder of a class registers its family; nothing has to be listed here
    for _module in iter_modules(import_module(f".{_class}", __name__).__path__):
        import_module(f".{_class}.{_module.name}", __name__)
