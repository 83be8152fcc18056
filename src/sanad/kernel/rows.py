"""Rows at addresses, read and changed in place by compiled code.

Why addresses: an array that is handed from function to function is counted up and down, atomically, at each of a dozen
rules, which costs more than the rules. The arrays belong to the caller, who holds them while compiled code runs.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core import cgutils
from numba.extending import intrinsic

_WORD = ir.IntType(64)


def rows_of(dtype: "np.dtype[Any]") -> Callable[[Any, Any], Any]:
    """A compiled function (first, number) → the row of that number in the column that begins at address `first`."""
    row_type = from_dtype(dtype)

    @intrinsic
    def row(_typing_context: Any, first: Any, number: Any) -> Any:
        if not isinstance(first, types.Integer) or not isinstance(number, types.Integer):
            return None

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            offset = builder.mul(arguments[1], ir.Constant(_WORD, dtype.itemsize))
            return builder.inttoptr(builder.add(arguments[0], offset), context.get_value_type(row_type))

        return row_type(types.uint64, types.uint64), generate

    return row  # type: ignore[no-any-return]


@intrinsic
def address_of(_typing_context: Any, rows: Any) -> Any:
    """Where a row, or the first row of an array, lies."""
    if not isinstance(rows, types.Array | types.Record):
        return None

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        place = arguments[0]
        if isinstance(rows, types.Array):
            place = context.make_array(rows)(context, builder, place).data
        return builder.ptrtoint(place, _WORD)

    return types.uint64(rows), generate


@intrinsic
def copy_row(_typing_context: Any, target: Any, source: Any) -> Any:
    """Make all bytes of row `target` those of row `source`."""
    if not isinstance(target, types.Record) or target.size != source.size:
        return None

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        cgutils.raw_memcpy(builder, arguments[0], arguments[1], ir.Constant(_WORD, target.size), 1)
        return context.get_dummy_value()

    return types.void(target, source), generate


@intrinsic
def clear_row(_typing_context: Any, target: Any) -> Any:
    """Make all bytes of row `target` zero."""
    if not isinstance(target, types.Record):
        return None

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        cgutils.memset(builder, arguments[0], ir.Constant(_WORD, target.size), 0)
        return context.get_dummy_value()

    return types.void(target), generate


@intrinsic
def ask_ahead(_typing_context: Any, row: Any) -> Any:
    """Ask memory for `row`, so that it has come when it is needed. Changes nothing, and a wrong place does no harm.

    A random row of a table of gigabytes takes some 100 ns to come; asked for ahead, many come at once. NumPy begins a
    column anywhere in a line of memory, so a row may lie on two lines.
    """
    if not isinstance(row, types.Record):
        return None
    word = ir.IntType(32)
    pointer_type = ir.IntType(8).as_pointer()
    function_type = ir.FunctionType(ir.VoidType(), [pointer_type, word, word, word])

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        function = cgutils.get_or_insert_function(builder.module, function_type, "llvm.prefetch.p0")
        start = builder.bitcast(arguments[0], pointer_type)
        for offset in (0, row.size - 1):
            place = builder.gep(start, [word(offset)])
            builder.call(function, [place, word(0), word(3), word(1)])  # to read, to be kept close, data
        return context.get_dummy_value()

    return types.void(row), generate
