"""Fully connected networks over columns: [inputs, n] -> [outputs, n]."""
import math

import torch


def mlp_tensors(sizes, draws, last_bias=None):
    """Weights and biases, uniform within 1/sqrt(inputs); the last layer starts with weight 0 and the given bias (0 if none)."""
    tensors = []
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        if i == len(sizes) - 2:
            tensors += [torch.zeros(outputs, inputs), torch.zeros(outputs, 1) if last_bias is None else last_bias.clone().view(-1, 1)]
        else:
            bound = 1 / math.sqrt(inputs)
            tensors += [(2 * torch.rand(outputs, width, generator=draws) - 1) * bound for width in (inputs, 1)]
    return tensors


def relu_net(x, w1, b1, w2, b2, w3, b3):
    h = torch.addmm(b1, w1, x).relu()
    h = torch.addmm(b2, w2, h).relu()
    return torch.addmm(b3, w3, h)


def chunks(tensors, size):
    return [tensors[i : i + size] for i in range(0, len(tensors), size)]
