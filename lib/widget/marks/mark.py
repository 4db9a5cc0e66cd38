"""What every mark can do: say how far it reaches, and draw itself with matplotlib."""


class Mark:
    """A mark of a panel. Subclasses are dataclasses whose fields name what is drawn.

    downwards : the first row is on top, so an axis without ends of its own runs downwards.
    spans(values) : what it draws along x and along y, two lists of arrays, from which axes take their ends.
    draw(axes, values, colors) : with matplotlib; labels are filled in already, `colors` is a palette.
    """

    downwards = False

    def spans(self, values):
        return [], []

    def draw(self, axes, values, colors):
        raise NotImplementedError
