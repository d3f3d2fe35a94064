"""Runs of parameterised notebooks: one by papermill, many by `sweep`. Importing this loads neither torch nor papermill."""

from .parameters import check_parameters, declared_parameters, expand_grid, guard_parameters, read_grid, run_id
from .sweeping import sweep

__all__ = [
    "check_parameters",
    "declared_parameters",
    "expand_grid",
    "guard_parameters",
    "read_grid",
    "run_id",
    "sweep",
]
