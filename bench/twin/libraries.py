"""The same jobs with the libraries that people use, written as their own documentation does: for orientation, where checkouts are given.

`directory` holds the checkouts nflows, zuko and normflows. Models differ in details (scale maps, normflows' residual nets), not in their size.
"""
import sys
import types
from os import path

import torch

from twin.data import Moons, Table

RATE, CLIP, BOUND, BINS = 1e-3, 5.0, 5.0, 8


class ModuleTwin:
    """A library's flow, trained as its users train it. Its points are rows."""

    def __init__(self, flow, log_prob, data, batch=512, grid_piece=4096):
        self.flow, self.log_prob, self.data, self.batch, self.grid_piece = flow, log_prob, data, batch, grid_piece
        self.adam = torch.optim.Adam(flow.parameters(), lr=RATE)

    def step(self):
        loss = -self.log_prob(self.data.batch(self.batch).t().contiguous()).mean()
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.flow.parameters(), CLIP)
        self.adam.step()
        return loss.item()

    @torch.no_grad()
    def grid(self, resolution, low, high):
        centers = low + (torch.arange(resolution) + 0.5) * ((high - low) / resolution)
        y, x = torch.meshgrid(centers, centers, indexing="ij")
        points = torch.stack([x.reshape(-1), y.reshape(-1)], 1)
        return torch.cat([self.log_prob(piece) for piece in points.split(self.grid_piece)])

    @torch.no_grad()
    def nll(self):
        return -self.log_prob(self.data.held_out().t().contiguous()).mean().item()


def zuko(job):
    import zuko

    if job == "J3":
        flow = zuko.flows.MAF(2, transforms=5, hidden_features=(64, 64))
    elif job == "J2":
        from functools import partial

        from zuko.transforms import MonotonicRQSTransform

        univariate = partial(MonotonicRQSTransform, bound=BOUND)
        shapes = [(BINS,), (BINS,), (BINS - 1,)]
        flow = zuko.flows.NICE(2, transforms=6, univariate=univariate, shapes=shapes, hidden_features=(64, 64))
    else:
        features, width = (16, 128) if job == "J9" else (2, 64)
        flow = zuko.flows.NICE(features, transforms=8, hidden_features=(width, width))
    return flow, lambda x: flow().log_prob(x)


def nflows(job):
    # imported by files of it that take no part here: a picture, and another kind of transform
    for module in ("matplotlib", "matplotlib.pyplot", "UMNN"):
        sys.modules.setdefault(module, types.ModuleType(module))
    sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]
    for name in ("NeuralIntegral", "ParallelNeuralIntegral"):
        setattr(sys.modules["UMNN"], name, None)
    import nflows.version  # noqa: F401
    from nflows import distributions, transforms
    from nflows.flows import Flow
    from nflows.nn.nets import MLP

    class Net(MLP):
        def forward(self, inputs, context=None):  # couplings hand a context to their net, which MLP does not take
            return super().forward(inputs)

    features, width = (16, 128) if job == "J9" else (2, 64)
    layers = []
    for i in range({"J2": 6, "J3": 5}.get(job, 8)):
        mask = torch.tensor([(j + i) % 2 for j in range(features)])
        net = lambda inputs, outputs: Net([inputs], [outputs], [width, width])  # noqa: E731
        if job == "J2":
            layers.append(
                transforms.PiecewiseRationalQuadraticCouplingTransform(mask, net, num_bins=BINS, tails="linear", tail_bound=BOUND)
            )
        elif job == "J3":
            made = transforms.MaskedAffineAutoregressiveTransform(2, 64, num_blocks=1, use_residual_blocks=False)
            layers += [transforms.ReversePermutation(2), made]
        else:
            if job == "J4":
                layers += [transforms.ActNorm(2), transforms.LULinear(2, identity_init=True)]
            scale = transforms.AffineCouplingTransform.GENERAL_SCALE_ACTIVATION
            layers.append(transforms.AffineCouplingTransform(mask, net, scale_activation=scale))
    flow = Flow(transforms.CompositeTransform(layers), distributions.StandardNormal([features]))
    return flow, flow.log_prob


def normflows(job):
    import normflows as nf

    features, width = (16, 128) if job == "J9" else (2, 64)
    base = nf.distributions.DiagGaussian(features, trainable=False)
    if job == "J5":
        # it knows planar layers in one direction only: here that of data -> base
        flow = nf.NormalizingFlow(base, [nf.flows.Planar((2,)) for _ in range(16)])

        def log_prob(x):
            z, log_det = flow.forward_and_log_det(x)
            return base.log_prob(z) + log_det

        return flow, log_prob
    layers = []
    for i in range(6 if job == "J2" else 8):
        if job == "J2":
            layers.append(nf.flows.CoupledRationalQuadraticSpline(2, 1, 64, num_bins=BINS, tail_bound=BOUND, reverse_mask=i % 2 == 1))
        else:
            net = nf.nets.MLP([features // 2, width, width, features], init_zeros=True)
            layers += [nf.flows.AffineCouplingBlock(net), nf.flows.Permute(features, mode="swap")]
        if job == "J4":
            layers[-1] = nf.flows.InvertibleAffine(2)
            layers.append(nf.flows.ActNorm(2))
    flow = nf.NormalizingFlow(base, layers)
    return flow, flow.log_prob


LIBRARIES = {"zuko": zuko, "nflows": nflows, "normflows": normflows}


def version_of(library):
    """Whichever way the library tells it."""
    module = sys.modules[library]
    return getattr(module, "__version__", None) or getattr(sys.modules.get(f"{library}.version"), "VERSION", "of unknown version")


def build(job, options):
    name = options["library"]
    sys.path[:0] = [options["directory"], path.join(options["directory"], name)]
    torch.manual_seed(1)
    flow, log_prob = LIBRARIES[name](job)
    return ModuleTwin(flow, log_prob, *((Table(options["csv"]), 1024) if job == "J9" else (Moons(),)))
