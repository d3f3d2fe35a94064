"""Vision transformers by name. Importing this package registers every family of the book with timm."""
from .baseline import vit as _vit
from .checks import check_variant
from .low_rank import linformer as _linformer
from .mlp import switch as _switch
from .registry import VARIANTS, create_model, list_models
from .sequence import tome as _tome
from .vit import MIXERS, MLPS, SEQUENCES, SlotViT, Slots, create_vit

__all__ = ["MIXERS", "MLPS", "SEQUENCES", "VARIANTS", "SlotViT", "Slots", "check_variant", "create_model", "create_vit",
           "list_models"]
