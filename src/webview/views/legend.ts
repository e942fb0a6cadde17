/** The numeric colour legend of the stage, with its menu: which map, and whether density or its logarithm. */
import type { StagePicture } from "../../protocol/model";
import { COLORMAPS } from "../colormaps";
import { icon, make, withSubscripts } from "../dom";
import { subscript } from "../format";
import { Menu } from "../menu";
import { type SharpCanvas, SharpCanvases } from "../renderer/sharp-canvas";
import type { Scenes } from "../scene";
import { layerCount, type Store, type ViewModel } from "../store";
import type { Theme } from "../theme";
import { drawLegend } from "./legend-drawing";

export class Legend {
  readonly element = make("div", "legend");
  readonly button: HTMLButtonElement;
  private readonly symbol = make("span", "math");
  private readonly canvas: SharpCanvas;
  private painted = "";
  private paintedPicture: StagePicture | null = null;

  constructor(
    store: Store,
    private readonly scenes: Scenes,
    private readonly theme: () => Theme,
  ) {
    const canvases = new SharpCanvases(() => this.draw(store.value));
    this.canvas = canvases.create("scale");
    this.canvas.element.setAttribute("aria-hidden", "true");
    this.element.append(this.canvas.element);
    const menu = new Menu("legend-button", "Colours of the density", () => [
      ...COLORMAPS.map((name) => ({
        label: name,
        checked: store.value.colormap === name,
        group: "Colour map",
        run: () => store.update({ colormap: name }),
      })),
      { label: "linear", checked: store.value.quantity === "density", group: "Scale", run: () => store.update({ quantity: "density" }) },
      {
        label: "logarithmic",
        checked: store.value.quantity === "logDensity",
        group: "Scale",
        run: () => store.update({ quantity: "logDensity" }),
      },
    ]);
    menu.button.append(this.symbol, icon("chevron-down"));
    this.button = menu.button;
  }

  draw(model: ViewModel): void {
    const scene = this.scenes.of(model, this.theme());
    const name = quantityName(model, scene.stage);
    if (this.symbol.dataset.name !== name) this.symbol.replaceChildren(...withSubscripts(name));
    this.symbol.dataset.name = name;
    const { context, width, height, ratio } = this.canvas;
    const { contours } = model.marks;
    const key = [
      scene.scale?.top,
      scene.scale?.bottom,
      model.quantity,
      model.colormap,
      contours,
      model.themeVersion,
      width,
      height,
      ratio,
    ].join(" ");
    if (key === this.painted && scene.picture === this.paintedPicture) return;
    this.painted = key;
    this.paintedPicture = scene.picture;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!scene.scale || !scene.picture || width === 0) return;
    const vertical = height > width;
    drawLegend(context, {
      vertical,
      length: vertical ? height : width,
      scale: scene.scale,
      table: scene.table,
      theme: scene.theme,
      massLevels: contours ? scene.picture.massLevels : [],
    });
  }
}

/** "p(x)" at the data end, "p₃(z₃)" elsewhere; with "log" on a logarithmic scale. */
export function quantityName(model: ViewModel, stage: number): string {
  const name = stage === layerCount(model) ? "p(x)" : `p${subscript(stage)}(z${subscript(stage)})`;
  return model.quantity === "density" ? name : `log ${name}`;
}
