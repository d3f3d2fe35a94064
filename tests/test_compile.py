"""The exported models under torch.compile, class by class, each in a process that has run no notebook with the same classes."""
import subprocess
import sys

import pytest
import torch

from wtf_book.models.checks import check_compile
from wtf_book.taxonomy import CLASSES, FAMILIES

CODE = """
import sys
from wtf_book.models import VARIANTS, create_model
from wtf_book.models.checks import check_compile

done = set()
for name, variant in VARIANTS.items():
    key = (variant.family, str(variant.slots) if variant.slots else None)  # one size is enough
    if variant.family in sys.argv[1:] and key not in done:
        done.add(key)
        small = dict(img_size=64, depth=2, init_values=1.) if variant.slots else dict(img_size=64) if variant.takes_img_size else {}
        check_compile(create_model(name, num_classes=10, **small).eval(), 64, name)
print(len(done))
"""


@pytest.mark.parametrize("key", CLASSES)
def test_compiled_models_give_the_same_logits(key):
    own = [f.key for f in FAMILIES.values() if f.classes[0] == key and (f.source == "wtf_book" or f.key == "vit")]
    assert own, f"no family of the class {key} is implemented here"
    done = subprocess.run([sys.executable, "-c", CODE, *own], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) >= len(own), f"only {done.stdout.strip()} of {own} were compiled"


def test_a_difference_is_noticed():
    class Sly(torch.nn.Module):
        def forward(self, x):
            return x.mean((1, 2, 3))[:, None] + (1.0 if torch.compiler.is_compiling() else 0.0)

    with pytest.raises(AssertionError, match="sly: the compiled model gives other logits"):
        check_compile(Sly().eval(), 8, "sly")
