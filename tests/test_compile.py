"""The exported models under torch.compile, each in a process that has run no notebook with classes of the same names."""
import subprocess
import sys

NAMES = ["vit_tiny_patch16", "linformer_vit_tiny_r64_patch16", "tome_vit_tiny_r8_patch16", "switch_8_vit_tiny_patch16",
         "switch_8_vit_tiny_c125_patch16"]


def test_compiled_models_give_the_same_logits():
    code = f"from wtf_book.models import check_variant\nfor name in {NAMES}: check_variant(name, depth=2, num_classes=10)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
