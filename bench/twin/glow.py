"""Steps of Glow (Kingma and Dhariwal 2018) for points in the plane: activation normalisation, an LU-factorised map, an affine coupling. J4."""
import math

import torch
from torch.nn import functional as F

from twin.couplings import affine_inverse
from twin.data import Moons
from twin.nets import chunks, mlp_tensors, relu_net

STEPS, HIDDEN, MIN_DIAGONAL = 8, 64, 1e-3


class Glow:
    """Base -> data each step is coupling, y = L U z + b, y = z e^s + t. Seen from the data, the last two are one 2x2 map."""

    def __init__(self, first_batch):
        draws = torch.Generator().manual_seed(1)
        one = math.log(math.expm1(1 - MIN_DIAGONAL))
        # rows of `steps`: lower, upper, raw diagonal (2), b (2), s (2), t (2)
        steps = torch.zeros(10, STEPS)
        steps[2:4] = one
        # all layers before start as the identity, so only the one at the data end has something to normalise
        steps[6:8, -1], steps[8:10, -1] = first_batch.std(1).log(), first_batch.mean(1)
        self.initial = [steps]
        for _ in range(STEPS):
            self.initial += mlp_tensors([1, HIDDEN, HIDDEN, 2], draws)

    def adopt(self, views):
        self.steps, self.nets = views[0], chunks(views[1:], 6)

    def linear_maps(self):
        """For each step the matrix [2, 2] and offset [2, 1] of data -> base, and its log-det: all steps at once, by explicit formulas."""
        lower, upper = self.steps[:2].unbind()
        diagonal = F.softplus(self.steps[2:4]) + MIN_DIAGONAL
        b, s, t = self.steps[4:].view(3, 2, STEPS).unbind()
        r1, r2 = diagonal.reciprocal().unbind()
        corner = upper * r1 * r2
        inverse = torch.stack([r1 + corner * lower, -corner, -lower * r2, r2], 1).view(STEPS, 2, 2)
        shrink = (-s).exp()
        offsets = -torch.bmm(inverse, (shrink * t + b).t().unsqueeze(2))
        return (inverse * shrink.t().unsqueeze(1)).unbind(), offsets.unbind(), -(diagonal.log() + s).sum(0)

    def to_base(self, points, stages=None):
        matrices, offsets, constants = self.linear_maps()
        log_dets = []
        for i in reversed(range(STEPS)):
            pair = list(torch.addmm(offsets[i], matrices[i], points).split(1))
            if stages is not None:
                stages.append(torch.cat(pair))
            kept = i % 2
            pair[1 - kept], log_det = affine_inverse(pair[1 - kept], relu_net(pair[kept], *self.nets[i]))
            points = torch.cat(pair)
            log_dets.append(log_det)
            if stages is not None:
                stages.append(points)
        return points, torch.cat(log_dets) + constants.flip(0).view(-1, 1)


def build(_job, _options):
    data = Moons()
    return Glow(data.batch(512)), data
