"""Where everything is: the arguments of a call of the program, and the memory of one trial."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .arrays import Array, Event

__all__ = [
    "ALIGNMENT",
    "ROW_TYPES",
    "TORCH_TYPES",
    "Arguments",
    "Memory",
    "Names",
    "padded",
    "words",
]

#: The types of elements in the memory of torch.
TORCH_TYPES = {
    "bool": "uint8_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "real": "real",
    "double": "double",
}
#: Those in rows of the program: truth values are as wide as real ones.
ROW_TYPES = {**TORCH_TYPES, "bool": "truth"}
ALIGNMENT = 64


def padded(size: int) -> int:
    """Return the number of elements that a row takes."""
    return (size + 15) // 16 * 16


def words(size: int) -> int:
    """Return the words of 64 bits that so many events take."""
    return (size + 63) // 64


class Names:
    """C++ identifiers for names of any kind, each its own."""

    def __init__(self):
        self._known: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        if name not in self._known:
            base = re.sub(r"\W+", "_", name).strip("_") or "_"
            base = f"_{base}" if base[0].isdigit() else base
            taken, found, k = set(self._known.values()), base, 1
            while found in taken:
                k += 1
                found = f"{base}_{k}"
            self._known[name] = found
        return self._known[name]


@dataclass
class Arguments:
    """The pointers and numbers that a call hands over, by name, in the order of their use."""

    pointers: dict[str, str] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    names: Names = field(default_factory=Names)

    def pointer(self, name: str, type_: str, constant: bool = True) -> str:
        """Return the C++ expression of a pointer."""
        self.pointers[name] = f"{'const ' if constant else ''}{type_}*"
        return f"run.{self.names(name)}"

    def number(self, name: str) -> str:
        """Return the C++ expression of a whole number."""
        if name not in self.numbers:
            self.numbers.append(name)
        return f"run.{self.names(name)}"

    @property
    def source(self) -> str:
        """The declaration of the arguments, and how they are read."""
        members = [f"    {t} {self.names(n)};" for n, t in self.pointers.items()]
        members += [f"    int64_t {self.names(n)};" for n in self.numbers]
        reads = [
            f"    run.{self.names(n)} = static_cast<{t}>(pointers[{k}]);"
            for k, (n, t) in enumerate(self.pointers.items())
        ]
        reads += [f"    run.{self.names(n)} = numbers[{k}];" for k, n in enumerate(self.numbers)]
        return "\n".join(
            [
                "struct Run {",
                *members,
                "};",
                "static Run read_arguments(void* const* pointers, const int64_t* numbers) {",
                "    Run run{};",
                *reads,
                "    return run;",
                "}",
            ]
        )


class Memory:
    """The memory of one trial: its state, and the adjoints of what has some.

    Parameters
    ----------
    arrays : mapping of str to Array
    events : mapping of str to Event
        Those that stand in the state, and not only as bits.
    again : frozenset of str
        The arrays that the backward pass computes again.
    double : bool
        Whether real numbers are in double precision.
    """

    def __init__(
        self,
        arrays: Mapping[str, Array],
        events: Mapping[str, Event],
        again: frozenset[str],
        double: bool,
    ):
        real = 8 if double else 4
        self.sizes = {"bool": real, "int32": 4, "int64": 8, "real": real, "double": 8}
        state = {a.name: (a.type, a.size) for a in arrays.values() if a.storage == "state"}
        kept = {name: one for name, one in state.items() if name in again}
        kept |= {event.name: ("bool", event.size) for event in events.values()}
        # What a checkpoint holds comes first.
        self.state = {**kept, **state}
        self.checkpoint = self._place(kept)[1]
        self.offsets, self.bytes = self._place(self.state)
        active = [a for a in arrays.values() if a.storage == "state" and a.active]
        bars = {a.name: ("real", a.size) for a in active}
        self.bar_offsets, self.bar_bytes = self._place(bars)

    def _place(self, arrays: Mapping[str, tuple[str, int]]) -> tuple[dict[str, int], int]:
        offsets, end = {}, 0
        for name, (type_, size) in arrays.items():
            offsets[name] = end
            end += -(-padded(size) * self.sizes[type_] // ALIGNMENT) * ALIGNMENT
        # Trials a multiple of 4096 bytes apart would meet in the same few lines of the cache.
        return offsets, end + ALIGNMENT * (1 if end % 4096 == 0 and end else 0)

    def value(self, name: str, trial: str = "b") -> str:
        """Return the address of an array of a trial of the tile."""
        type_ = ROW_TYPES[self.state[name][0]]
        return f"reinterpret_cast<{type_}*>(tile.state + {trial} * STATE + {self.offsets[name]})"

    def bar_place(self, name: str) -> int:
        """Return where the adjoint of an array is among those of a trial."""
        return self.bar_offsets[name] // self.sizes["real"]

    def bar(self, name: str) -> str:
        """Return the address of the adjoint of an array of trial ``b`` of the tile."""
        return f"(tile.bars + b * BARS + {self.bar_place(name)})"
