"""What a model costs: on paper (`count`, `estimate_memory`, `estimate_throughput`), and on the device at hand (`measure`).

Nothing is imported before it is used."""
from importlib import import_module

_HOMES = {
    "counts": ("Counts", "count", "count_call"),
    "timing": ("Curve", "best_batch", "latency", "throughput_curve"),
    "scaling": ("mixer_scaling",),
    "memory": ("MemoryTracker", "inference_memory", "training_memory"),
    "meter": ("conditions", "measure"),
    "tokens": ("tokens_by_block",),
    "estimate": ("Estimate", "Setting", "estimate_memory", "largest_batch"),
    "stages": ("memory_against_batch", "stage_memory"),
    "roofline": ("Gpu", "Speed", "estimate_throughput"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}
__all__ = [*_HOMES, *_HOME_OF]


def __getattr__(name: str):
    if name in _HOMES: return import_module(f".{name}", __name__)
    if name not in _HOME_OF: raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME_OF[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
