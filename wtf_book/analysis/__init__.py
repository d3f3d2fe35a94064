"""Reading the published runs: tables, fronts, correlations, claims. Modules that draw are loaded when first used."""
from importlib import import_module

from .correlation import correlation_matrix, correlations, fit_line
from .pareto import dominated_by, front_table, gap_to_front, near_front, pareto_front
from .published import column_table, load_published, load_published_epochs, repeated_runs

_LAZY = {
    "claims": ("claims_table", "claims_summary", "show_claim", "show_claims"),
    "plots": ("front_figure", "static_front"),
    "family": ("family_table", "family_figure", "family_position"),
}
_HOME = {name: module for module, names in _LAZY.items() for name in names}

__all__ = [
    "column_table", "correlation_matrix", "correlations", "dominated_by", "fit_line", "front_table", "gap_to_front",
    "load_published", "load_published_epochs", "near_front", "pareto_front", "repeated_runs", *_HOME,
]


def __getattr__(name: str):
    """Load the module of a lazy name; AttributeError for a name this package does not have."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
