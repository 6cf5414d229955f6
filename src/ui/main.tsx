// Where the dashboard begins in the browser.

import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/map.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { LiveContext } from "./hooks.ts";
import { Live } from "./live.ts";
import { applyTheme, chosenTheme } from "./theme.ts";

const live = new Live();
applyTheme(chosenTheme());
render(
  <LiveContext.Provider value={live}>
    <App />
  </LiveContext.Provider>,
  document.getElementById("app")!,
);
live.start();
