"""Planar flow (Rezende and Mohamed 2015, eq. 10-12, A.1), the stored map running data -> base: J5."""
import math

import torch
from torch.nn import functional as F

from twin.data import Moons

LAYERS, TINY = 16, 1e-12


class Planar:
    def __init__(self):
        draws = torch.Generator().manual_seed(1)
        normal = lambda *shape: torch.randn(*shape, generator=draws)  # noqa: E731
        self.initial = [normal(LAYERS, 2) / math.sqrt(2), 0.1 * normal(LAYERS, 2), 0.5 * normal(LAYERS, 1)]

    def adopt(self, views):
        self.w, self.u, self.b = views

    def to_base(self, points, stages=None):
        """The constraint of all layers at once, then three operations for each."""
        wu = (self.w * self.u).sum(1, keepdim=True)
        lift = F.softplus(wu)  # 1 + w.u_hat
        u_hat = self.u + (lift - 1 - wu) / (self.w.square().sum(1, keepdim=True) + TINY) * self.w
        normals, pushes, offsets = self.w.split(1), u_hat.t().split(1, 1), self.b.split(1)
        tanhs = []
        for i in reversed(range(LAYERS)):
            tanh = torch.addmm(offsets[i], normals[i], points).tanh()
            points = torch.addmm(points, pushes[i], tanh)
            tanhs.append(tanh)
            if stages is not None:
                stages.append(points)
        lift = lift.flip(0)
        return points, torch.addcmul(lift, 1 - lift, torch.cat(tanhs).square()).log()


def build(_job, _options):
    return Planar(), Moons()
