"""The patients: eleven ways in which a GAN falls ill, each on five fresh seeds of five, and what cures it.

Numbers in braces are medians of the run's last window (`case.findings`).
"""

from __future__ import annotations

from typing import Any

from playground.clinic.case import Answer, Goal, Patient, Treatment
from playground.gan.tricks import ClinicConfig

_BARE: dict[str, Any] = {"r1": 0.0, "ema": 0.0, "decay": "none", "scale_d": 1.0, "beta1": 0.5}
_FAR = _BARE | {"scale": 0.3, "shift": 3.0}

COLLAPSE = Patient(
    name="Eight wanted, one made",
    complaint="Eight blobs are to be learned. G's points have found real ones, but look where they are, and for how"
    " long.",
    sick=ClinicConfig(**_BARE, lr_g=3e-3, lr_d=1e-4),
    steps=1500,
    symptom=("Few modes",),
    look="Watch the orange points in the plane, and how many modes are covered.",
    answers=(
        Answer(
            "Vanishing gradient",
            "No. G's gradient has length {g_norm:.2g}, and G moves all the time; one that has vanished is below 0.001.",
        ),
        Answer("Mode collapse"),
        Answer(
            "D too strong",
            "No. D's loss is {d_loss:.2f}, and it is right in {accuracy:.0%} of its answers. A D that is too strong has"
            " a loss near 0.",
        ),
        Answer(
            "Memorisation",
            "No. G's points lie {nearness:.3g} times as far from training points as new real ones do; copies would lie"
            " nearer than new ones, below 1.",
        ),
    ),
    explains="G learns thirty times as fast as D. Against a D that stands still, the best that G can do is to put every"
    " z where D(x) is highest: one point. When D has found out, G jumps elsewhere.",
    treatments=(
        Treatment("D as fast as G", {"lr_d": 3e-3}, True, "D now answers before all of G has gathered in one place."),
        Treatment(
            "Minimax loss",
            {"loss": "minimax"},
            False,
            "It has the same best answer, one point, and weaker gradients on the way.",
        ),
        Treatment(
            "Label smoothing 0.1",
            {"smoothing": 0.1},
            False,
            "It keeps D from being sure. This D has never been sure of anything.",
        ),
        Treatment("Five steps of G for one of D", {"g_steps": 5}, False, "G runs even further ahead of D."),
    ),
    goal=Goal(sw1=0.15, covered=7),
    recovery=3000,
)

VANISHING = Patient(
    name="Far from home",
    complaint="The real points lie far from where G begins. The way is long, but why does G not set out?",
    sick=ClinicConfig(**_FAR, d_steps=5, lr_g=5e-5, lr_d=3e-3, loss="minimax"),
    steps=1500,
    symptom=("No gradient", "D's loss at 0"),
    look="Watch the arrows at G's points, the losses, and the length of the gradients.",
    answers=(
        Answer(
            "Mode collapse",
            "No. G's points do not gather, they do not move at all: they stay {sw1:.1f} away from the real ones (SW1).",
        ),
        Answer(
            "D too weak",
            "No. D is right in {accuracy:.0%} of its answers; one that is too weak is right in little more than half.",
        ),
        Answer("Vanishing gradient"),
        Answer(
            "Divergence",
            "No. Both gradients are tiny: D's has length {d_norm:.0e}, G's {g_norm:.0e}. What diverges has large ones.",
        ),
    ),
    explains="D tells every point, D(G(z)) is nearly 0, and the minimax loss log(1 - D) has the slope -D there: next to"
    " nothing. The loss saturates. With -log D the slope is D - 1, nearly -1, at the very same D.",
    treatments=(
        Treatment(
            "The loss -log D",
            {"loss": "non-saturating"},
            True,
            "At D = 0.01 the slope of log(1 - D) is 0.01, that of -log D is 0.99. Nothing else had to change.",
        ),
        Treatment(
            "A wider D", {"width_d": 256}, False, "D is not the one who lacks anything: it is right about everything."
        ),
        Treatment(
            "Ten steps of D for one of G",
            {"d_steps": 10},
            False,
            "D becomes surer still, and the loss flatter where G stands.",
        ),
    ),
    goal=Goal(sw1=0.3),
)

OSCILLATION = Patient(
    name="To the left, to the right",
    complaint="A single round blob, and two small networks. G hits it, and is gone again.",
    sick=ClinicConfig(**_BARE | {"beta1": 0.9}, target="blob", width_g=16, width_d=16, lr_g=5e-3, lr_d=5e-3),
    steps=1500,
    symptom=("To and fro",),
    look="Watch the whole cloud for a while, not single points; then the distance.",
    answers=(
        Answer("Oscillation"),
        Answer(
            "Mode collapse",
            "No. There is one mode, and G's cloud is {width:.2f} wide where the real one is {real_width:.2f}. It is"
            " the place that does not hold.",
        ),
        Answer(
            "D too strong",
            "No. D is right in {accuracy:.0%} of its answers, and its loss is {d_loss:.2f}: it loses as often as it"
            " wins.",
        ),
        Answer("Vanishing gradient", "No. G's gradient has length {g_norm:.2g}; one that has vanished is below 0.001."),
    ),
    explains="Each player runs after the other, and momentum .9 carries both past the point where they should turn. It"
    " is the spiral of the Dirac GAN, held together by networks that bend.",
    treatments=(
        Treatment(
            "No momentum, slope penalty 0.3",
            {"beta1": 0.0, "r1": 0.3},
            True,
            "Each move follows the gradient of now, and the penalty pulls D back, as in the Dirac GAN.",
            afresh=True,
        ),
        Treatment(
            "Larger networks",
            {"width_g": 128, "width_d": 128},
            False,
            "More to turn makes the chase faster, not calmer.",
        ),
        Treatment(
            "Smaller steps of both",
            {"lr_g": 5e-4, "lr_d": 5e-4},
            False,
            "The same chase in slow motion: what matters is not the length of the steps.",
        ),
    ),
    goal=Goal(sw1=0.1),
)

STRONG = Patient(
    name="Always too late",
    complaint="G hears clearly which way to go. Still it hardly gets anywhere.",
    sick=ClinicConfig(**_BARE, target="blob", shift=3.0, lr_g=1e-5, lr_d=3e-3),
    steps=1500,
    symptom=("D's loss at 0",),
    look="Compare D's loss with the length of G's gradient.",
    answers=(
        Answer(
            "Vanishing gradient",
            "No. G's gradient has length {g_norm:.2g}: it has not vanished, G hears well. But it hardly moves.",
        ),
        Answer(
            "Batch-norm leak",
            "No. There is no contradiction: D wins (loss {d_loss:.1g}), and G loses (loss {g_loss:.1f}; in balance it"
            " is 0.69).",
        ),
        Answer("Memorisation", "No. G has made nothing yet that could be a copy: SW1 is {sw1:.2f}."),
        Answer("D too strong"),
    ),
    explains="D learns three hundred times as fast as G. Whatever G tries, D has long seen through it: its loss is 0."
    " The loss -log D still pulls, but Adam divides by the size of the gradient, and what remains is G's learning"
    " rate.",
    treatments=(
        Treatment(
            "G's learning rate 0.001, slope penalty 0.1",
            {"lr_g": 1e-3, "r1": 0.1},
            True,
            "G can answer now, and D may not be steep. Balance is a matter of both players, not of one.",
        ),
        Treatment(
            "Minimax loss",
            {"loss": "minimax"},
            False,
            "That would take from G the one thing it has, its gradient: at D = 0 the minimax loss is flat.",
        ),
        Treatment("Five steps of D", {"d_steps": 5}, False, "The strong player gets stronger."),
        Treatment(
            "Label smoothing 0.1",
            {"smoothing": 0.1},
            False,
            "D's loss no longer goes to 0, because its labels forbid it. G is as slow as before.",
        ),
    ),
    goal=Goal(sw1=0.3),
)

WEAK = Patient(
    name="Everyone content",
    complaint="Both losses are where they would be in balance. Is that the end of training?",
    sick=ClinicConfig(width_d=2, layers_d=1),
    steps=1500,
    symptom=("Undecided and far",),
    look="Compare the losses with their dashed lines, then look at the plane.",
    answers=(
        Answer("D too weak"),
        Answer(
            "None: it has converged",
            "No. D's loss is {d_loss:.3f}, as in balance. But SW1 is {sw1:.2f}, and a perfect generator would get"
            " {sw1_high:.2f} or less. D = 1/2 is necessary, not sufficient.",
        ),
        Answer("Vanishing gradient", "No. G's gradient has length {g_norm:.2g}; one that has vanished is below 0.001."),
        Answer(
            "D too strong",
            "No. D's loss is {d_loss:.3f}, and it is right in {accuracy:.0%} of its answers; one that is too strong has"
            " a loss near 0.",
        ),
    ),
    explains="D has two hidden units: it can fold the plane twice, and no more. It cannot tell a ring from a heap, nor"
    " keep G from leaving the picture. Its loss is that of balance because it knows no better.",
    treatments=(
        Treatment(
            "Two layers of 64 for D",
            {"width_d": 64, "layers_d": 2},
            True,
            "D can draw a ring now, so G has to make one.",
        ),
        Treatment("A faster D", {"lr_d": 5e-3}, False, "It finds the best of its few answers sooner. They stay few."),
        Treatment("Five steps of D", {"d_steps": 5}, False, "It was not practice that D lacked."),
        Treatment("A wider G", {"width_g": 256}, False, "G already does all that its judge asks for."),
    ),
    goal=Goal(sw1=0.1, covered=8),
)

DIVERGENCE = Patient(
    name="A fever",
    complaint="The losses are numbers that nobody has expected.",
    sick=ClinicConfig(**_BARE, loss="wgan-gp", gp=0.0, lr_d=1e-2, d_steps=5),
    steps=1000,
    symptom=("Gradient above 100",),
    look="Read the axes of the losses and of the gradients.",
    answers=(
        Answer(
            "Oscillation",
            "Not only. A swing has bounds: here G's gradient has length {g_norm:.0f}, and D's loss has gone from"
            " {d_loss_least:.0f} to {d_loss_most:.0f} within 500 steps.",
        ),
        Answer(
            "D too weak",
            "No. There is nothing weak about a gradient of length {d_norm:.0f}.",
        ),
        Answer("Divergence"),
        Answer(
            "Sparse gradients",
            "No. {unmoved:.0%} of the points have no gradient. Those that have one have a huge one.",
        ),
    ),
    explains="A critic's loss has no bound of its own: who doubles all of D's scores doubles its win. Something has to"
    " hold its slope, and here the gradient penalty is 0.",
    treatments=(
        Treatment(
            "Gradient penalty 0.1",
            {"gp": 0.1},
            True,
            "The slope of D is held near 1 from the beginning. Given to the ill run it would come too late: D's weights"
            " are far too large by then.",
            afresh=True,
        ),
        Treatment("A slower G", {"lr_g": 1e-4}, False, "D's slope grows on its own, whatever G does."),
        Treatment("One step of D", {"d_steps": 1}, False, "It takes longer; the slope still has no bound."),
    ),
    goal=Goal(sw1=0.2, covered=6),
)

MEMORY = Patient(
    name="Nothing new",
    complaint="D is undecided, the losses are calm, and G's points lie where real ones are. What more can one want?",
    sick=ClinicConfig(**_BARE, target="ring", points=16, width_d=128, bits=5),
    steps=1500,
    symptom=("Copies",),
    look="Look how near G's points are to training points, and compare the orange ones with the whole blue ring.",
    answers=(
        Answer(
            "Mode collapse",
            "No. G's cloud is {width:.2f} wide, and the real one {real_width:.2f}: it does not gather in one place.",
        ),
        Answer("Memorisation"),
        Answer(
            "D too weak",
            "No. G's points lie {nearness:.2f} times as far from training points as new real ones do: a weak D could"
            " not have led them there.",
        ),
        Answer(
            "None: it has converged",
            "No. SW1 is {sw1:.2f}, and a perfect generator would get {sw1_high:.2f} or less. It has converged to its"
            " training points, not to the ring.",
        ),
    ),
    explains="There are sixteen training points, and G's noise comes in 32 pieces: it has put them on those sixteen."
    " The losses cannot show it, for they are computed on the same points.",
    treatments=(
        Treatment("16 384 training points", {"points": 16_384}, True, "Nobody can learn so many by heart."),
        Treatment("A wider G", {"width_g": 256}, False, "It copies more exactly."),
        Treatment("A faster D", {"lr_d": 3e-3}, False, "It shows G the way to the sixteen sooner."),
    ),
    goal=Goal(sw1=0.12),
)

LEAK = Patient(
    name="Two winners",
    complaint="D's loss is near 0, so D wins. Read G's loss, too.",
    sick=ClinicConfig(norm_d="batch, mixed"),
    steps=1500,
    symptom=("Both win",),
    look="Compare both losses with their dashed lines.",
    answers=(
        Answer(
            "D too strong",
            "No. Then G would lose; but its loss is {g_loss:.2f}, in balance it is 0.69, and where D is too strong"
            " it is 5 and more.",
        ),
        Answer("Vanishing gradient", "No. G's gradient has length {g_norm:.2g}; one that has vanished is below 0.001."),
        Answer(
            "Mode collapse",
            "That is how it looks, {covered:.0f} modes covered, but it is not why: D's loss of {d_loss:.1g} says that"
            " it sees through all of it, and G's of {g_loss:.2f} that it does not.",
        ),
        Answer("Batch-norm leak"),
    ),
    explains="In D's turn, real and generated points are normed together: each score tells of the company that a point"
    " is in, and D learns to read that. In G's turn the company is all generated, and the trick tells nothing. So D"
    " wins its game, G wins its own, and neither is about the points.",
    treatments=(
        Treatment("No batch norm in D", {"norm_d": "none"}, True, "Nothing can leak where nothing is shared."),
        Treatment(
            "Separate batches",
            {"norm_d": "batch"},
            False,
            "The leak is closed. But each batch is now brought to the same mean inside D, which takes the common"
            " direction out of what G hears: here its points drift away together.",
        ),
        Treatment("A slower D", {"lr_d": 1e-4}, False, "It finds the leak a little later."),
        Treatment("Slope penalty 1", {"r1": 1.0}, False, "The leak is no slope: it does not depend on the place."),
    ),
    goal=Goal(sw1=0.1, covered=8),
)

SPARSE = Patient(
    name="Asleep",
    complaint="All numbers look peaceful. Nothing happens.",
    sick=ClinicConfig(head_d="relu"),
    steps=1000,
    symptom=("Nobody moves",),
    look="Watch the gradients, and the arrows at G's points.",
    answers=(
        Answer(
            "None: it has converged",
            "No. SW1 is {sw1:.2f}, and a perfect generator would get {sw1_high:.2f} or less.",
        ),
        Answer("Sparse gradients"),
        Answer(
            "Sigmoid underflow",
            "No. There a loss is far above balance, and stuck. D's is {d_loss:.3f} and G's {g_loss:.3f}: the scores are"
            " exactly 0, not large.",
        ),
        Answer(
            "Vanishing gradient",
            "Nearly. It has not become small: it is exactly 0, for {unmoved:.0%} of the points and for D as well.",
        ),
    ),
    explains="D ends in ReLU. As soon as all its scores are negative, ReLU makes them 0 and lets no gradient through,"
    " to G or to D. Flat pieces (ReLU, max pooling) thin out what G hears; at the end of D they can silence it all.",
    treatments=(
        Treatment("A linear end of D", {"head_d": "linear"}, True, "A score may be any number, and has a slope."),
        Treatment("Leaky ReLU at the end", {"head_d": "leaky-relu"}, True, "The negative half keeps a slope of 0.2."),
        Treatment("A faster G", {"lr_g": 1e-2}, False, "Ten times zero is zero."),
        Treatment("No slope penalty", {"r1": 0.0}, False, "Not the penalty has put D to sleep."),
    ),
    goal=Goal(sw1=0.1, covered=8),
)

SELU = Patient(
    name="Half a line",
    complaint="A straight line, half of which G never draws.",
    sick=ClinicConfig(**_BARE, target="line", shift=-2.0, act_g="selu", head_g="selu", act_d="elu", batch=256),
    steps=1500,
    symptom=("Out of reach",),
    look="Watch where G's points end, and what the arrows there ask for.",
    answers=(
        Answer(
            "Mode collapse",
            "No. G's points fill what they can reach, {width:.1f} wide; they end at a straight edge.",
        ),
        Answer(
            "D too weak",
            "No. D is right in {accuracy:.0%} of its answers and shows G where to go: see the arrows at the edge.",
        ),
        Answer("Vanishing gradient", "No. G's gradient has length {g_norm:.2g}; one that has vanished is below 0.001."),
        Answer("The head of G ends too soon"),
    ),
    explains="G's last layer is SELU, and no number below -1.758 comes out of it. More than half of the real"
    " points lie beyond. Nothing that D says can help.",
    treatments=(
        Treatment("A linear head", {"head_g": "linear"}, True, "It reaches every number."),
        Treatment("A wider G", {"width_g": 256}, False, "More units, and the same last step."),
        Treatment("ReLU inside G", {"act_g": "relu"}, False, "What is inside G was never the limit."),
        Treatment("A faster G", {"lr_g": 3e-3}, False, "It arrives at the edge sooner."),
    ),
    goal=Goal(sw1=0.25),
)

UNDERFLOW = Patient(
    name="Sudden silence",
    complaint="D has learned fast, and from one moment on nothing moves any more.",
    sick=ClinicConfig(**_BARE | {"scale_d": 8.0}, lr_d=0.05, d_steps=5, rounded=True),
    steps=1000,
    symptom=("Nobody moves", "Loss maxed and stuck"),
    look="Read the losses, and the gradients beside them.",
    answers=(
        Answer(
            "Divergence",
            "No. Both gradients are exactly {g_norm:.0f}; what diverges has gradients above 100.",
        ),
        Answer(
            "D too strong",
            "No. Then its loss would be near 0, and it is {d_loss:.0f}: D is wrong, sure of it, and does not learn.",
        ),
        Answer("Sigmoid underflow"),
        Answer(
            "Sparse gradients",
            "Nearly: {unmoved:.0%} of the points have no gradient. But asleep in that way all scores are 0, with losses"
            " as in balance; here D's is {d_loss:.0f}.",
        ),
    ),
    explains="The loss is computed from a sigmoid in 32 bits. From a score of 17 on it is exactly 1, and its slope"
    " exactly 0: who is wrong there never hears it. The logarithm of 0 is cut at -100, and that is the loss you read.",
    treatments=(
        Treatment(
            "The loss from the score, slope penalty 1",
            {"rounded": False, "r1": 1.0},
            True,
            "Computed from the logit, the slope at 20 is 1, and not 0: the silence is over. The penalty sees to it that"
            " the scores do not grow so large again.",
        ),
        Treatment("A faster G", {"lr_g": 1e-2}, False, "G hears nothing, at any rate."),
        Treatment("Label smoothing 0.2", {"smoothing": 0.2}, False, "Another label for a sigmoid without a slope."),
    ),
    goal=Goal(sw1=0.4),
)

PATIENTS = (COLLAPSE, VANISHING, OSCILLATION, STRONG, WEAK, DIVERGENCE, MEMORY, LEAK, SPARSE, SELU, UNDERFLOW)
