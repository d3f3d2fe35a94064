"""Free composition: every mixer x sequence x MLP at size Ti is built and run, or refused with a reason in one sentence."""
import pytest
import torch

from wtf_book.models import MIXERS, MLPS, SEQUENCES, create_vit

SMALL = dict(size="tiny", depth=2, img_size=64, num_classes=5)
WITHOUT_CLASS_TOKEN = dict(class_token=False, global_pool="avg")


def build(mixer, sequence, mlp):
    """The model, with patches averaged where the mixer cannot have a class token, or the last reason why there is none."""
    reason = None
    for extra in ({}, WITHOUT_CLASS_TOKEN):
        torch.manual_seed(0)
        try:
            return create_vit(mixer, sequence, mlp, **SMALL, **extra)
        except ValueError as error:
            reason = str(error)
    return reason


def images():
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def is_one_sentence(text):
    return text.endswith(".") and ". " not in text and "\n" not in text and len(text) > 40


@pytest.mark.parametrize("sequence", [None, *SEQUENCES])
@pytest.mark.parametrize("mixer", MIXERS)
def test_a_pair_runs_with_every_mlp_or_is_refused_with_a_reason(mixer, sequence):
    models = {mlp: build(mixer, sequence, mlp) for mlp in MLPS}
    reasons = {mlp: model for mlp, model in models.items() if isinstance(model, str)}
    assert len(reasons) in (0, len(MLPS)), f"an MLP sees one token at a time, so it cannot be the reason: {reasons}"
    for mlp, model in models.items():
        if mlp in reasons:
            assert is_one_sentence(model), model
            continue
        with torch.no_grad():
            logits = model.eval()(images())
            alone = model(images()[:1])
        assert logits.shape == (2, 5) and logits.isfinite().all()
        torch.testing.assert_close(logits[:1], alone, atol=1e-4, rtol=1e-4)
        (model.train()(images()).square().mean() + model.auxiliary_loss()).backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters()), f"{mixer} {sequence} {mlp}"


@pytest.mark.parametrize("mixer", MIXERS)
def test_every_mixer_goes_with_the_plain_sequence(mixer):
    assert not isinstance(build(mixer, None, "mlp"), str)


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_softmax_goes_with_every_sequence(sequence):
    assert not isinstance(build("softmax", sequence, "mlp"), str)


def test_mixers_that_belong_to_positions_follow_no_reduction_that_moves_tokens():
    bound = [name for name, cls in MIXERS.items() if getattr(cls, "position_bound", False)]
    assert "linformer" in bound
    for mixer in bound:
        assert "moves tokens between positions" in build(mixer, "tome", "mlp")


def test_sequences_that_mask_refuse_mixers_that_cannot():
    masking = [name for name, cls in SEQUENCES.items() if getattr(cls, "masks_tokens", False)]
    deaf = [name for name, cls in MIXERS.items() if not hasattr(cls, "attend")]
    assert "avit" in masking and deaf
    for sequence in masking:
        for mixer in deaf:
            assert isinstance(build(mixer, sequence, "mlp"), str)


@pytest.mark.parametrize("slots, reason", [
    (dict(mixer="softmx"), "there is no mixer 'softmx'; did you mean 'softmax'?"),
    (dict(sequence="tom"), "there is no sequence 'tom'; did you mean 'tome'?"),
    (dict(mlp="swich"), "there is no mlp 'swich'; did you mean 'switch'?"),
    (dict(sequence_options=dict(r=8)), "sequence_options were given without a sequence"),
])
def test_names_that_do_not_exist_are_refused_with_the_nearest(slots, reason):
    with pytest.raises(ValueError) as error:
        create_vit(**slots, **SMALL)
    assert reason in str(error.value)
