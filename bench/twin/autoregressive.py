"""Masked autoregressive flow (Papamakarios et al. 2017) in two dimensions: J3.

In 2-D a MADE's masks leave the first coordinate two constants and the second a network of the first; nothing that is masked is computed.
"""
import torch

from twin.couplings import softclip
from twin.data import Moons
from twin.nets import chunks, mlp_tensors, relu_net

BLOCKS, HIDDEN = 5, 64


class Maf:
    """One pass from data to base: u_i = x_i s(x_<i) + t(x_<i); the order of the coordinates alternates."""

    def __init__(self):
        draws = torch.Generator().manual_seed(1)
        self.initial = [torch.zeros(2, BLOCKS, 1)]
        for _ in range(BLOCKS):
            self.initial += mlp_tensors([1, HIDDEN, HIDDEN, 2], draws)

    def adopt(self, views):
        self.constants, self.nets = views[0], chunks(views[1:], 6)

    def to_base(self, points, stages=None):
        shifts, raw = self.constants.unbind()
        logs = softclip(raw)
        scales = logs.exp()
        pair = list(points.split(1))
        log_dets = []
        for i in reversed(range(BLOCKS)):
            first = i % 2
            shift, a = relu_net(pair[first], *self.nets[i]).split(1)
            s = softclip(a)
            pair[1 - first] = torch.addcmul(shift, pair[1 - first], s.exp())
            pair[first] = torch.addcmul(shifts[i], pair[first], scales[i])
            log_dets.append(s)
            if stages is not None:
                stages.append(torch.cat(pair))
        return torch.cat(pair), torch.cat(log_dets) + logs.flip(0)


def build(_job, _options):
    return Maf(), Moons()
