"""Continuous flows with an MLP of three tanh layers and the time appended: by maximum likelihood (J6) and flow matching (J7).

The trace is exact: two forward-mode tangents go through the network beside the point (Grathwohl et al. 2019 with D products).
"""
import torch

from twin.data import Moons
from twin.nets import mlp_tensors

HIDDEN, STEPS, SAMPLE_STEPS = 64, 20, 40


class Field:
    """Velocity at the times 0, 1/(2 steps), ..., 1, whose share of the first sum is computed for all of them at once."""

    def __init__(self, tensors, steps):
        self.w1, b1, self.w2, self.b2, self.w3, self.b3, self.w4, self.b4 = tensors
        self.by_point, by_time = self.w1.split([2, 1], 1)
        times = torch.arange(2 * steps + 1) / (2 * steps)
        self.offsets = torch.addmm(b1, by_time, times.view(1, -1)).split(1, 1)
        self.first = self.by_point.unsqueeze(2)  # [64, 2, 1]
        self.last = self.w4.t().unsqueeze(2)  # [64, 2, 1]

    def velocity(self, z, at):
        h = torch.addmm(self.offsets[at], self.by_point, z).tanh_()
        h = torch.addmm(self.b2, self.w2, h).tanh_()
        h = torch.addmm(self.b3, self.w3, h).tanh_()
        return torch.addmm(self.b4, self.w4, h)

    def velocity_and_trace(self, z, at):
        """[2, n] and [1, n]."""
        n = z.shape[1]
        h = torch.addmm(self.offsets[at], self.by_point, z).tanh()
        tangents = (self.first * (1 - h * h).unsqueeze(1)).view(HIDDEN, 2 * n)
        h = torch.addmm(self.b2, self.w2, h).tanh()
        tangents = (torch.mm(self.w2, tangents).view(HIDDEN, 2, n) * (1 - h * h).unsqueeze(1)).view(HIDDEN, 2 * n)
        h = torch.addmm(self.b3, self.w3, h).tanh()
        trace = ((torch.mm(self.w3, tangents).view(HIDDEN, 2, n) * self.last).sum(1) * (1 - h * h)).sum(0, keepdim=True)
        return torch.addmm(self.b4, self.w4, h), trace


class Continuous:
    def __init__(self):
        self.initial = mlp_tensors([3, HIDDEN, HIDDEN, HIDDEN, 2], torch.Generator().manual_seed(1))

    def adopt(self, views):
        self.tensors = views

    def to_base(self, points, stages=None):
        """Classical Runge-Kutta from t = 1 to 0. The log-det of data -> base is minus the integral of the trace over time."""
        field = Field(self.tensors, STEPS)
        h = 1 / STEPS
        z, integral = points, 0
        for i in reversed(range(STEPS)):
            end, middle, begin = 2 * i + 2, 2 * i + 1, 2 * i
            v1, t1 = field.velocity_and_trace(z, end)
            v2, t2 = field.velocity_and_trace(z.sub(v1, alpha=h / 2), middle)
            v3, t3 = field.velocity_and_trace(z.sub(v2, alpha=h / 2), middle)
            v4, t4 = field.velocity_and_trace(z.sub(v3, alpha=h), begin)
            z = z.sub((v1 + v4).add_(v2 + v3, alpha=2), alpha=h / 6)
            integral = integral + (t1 + t4).add_(t2 + t3, alpha=2)
        if stages is not None:
            stages.append(z)
        return z, integral * (-h / 6)

    def to_data(self, z):
        field = Field(self.tensors, SAMPLE_STEPS)
        h = 1 / SAMPLE_STEPS
        for i in range(SAMPLE_STEPS):
            v1 = field.velocity(z, 2 * i)
            v2 = field.velocity(z.add(v1, alpha=h / 2), 2 * i + 1)
            v3 = field.velocity(z.add(v2, alpha=h / 2), 2 * i + 1)
            v4 = field.velocity(z.add(v3, alpha=h), 2 * i + 2)
            z = z.add((v1 + v4).add_(v2 + v3, alpha=2), alpha=h / 6)
        return z


class FlowMatching(Continuous):
    """Lipman et al. 2023 with straight paths between independent pairs: mean |v(x_t, t) - (x1 - x0)|^2."""

    def loss(self, points):
        w1, b1, w2, b2, w3, b3, w4, b4 = self.tensors
        n = points.shape[1]
        z = torch.randn(2, n)
        t = torch.rand(1, n)
        velocity = points - z
        h = torch.addmm(b1, w1, torch.cat([torch.addcmul(z, velocity, t), t])).tanh()
        h = torch.addmm(b2, w2, h).tanh()
        h = torch.addmm(b3, w3, h).tanh()
        return (torch.addmm(b4, w4, h) - velocity).square().sum(0).mean()


def build(job, _options):
    torch.manual_seed(1)
    return Continuous() if job == "J6" else FlowMatching(), Moons()
