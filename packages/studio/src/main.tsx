import { render } from "preact";
import { Studio } from "./app/studio.tsx";
import "./styles.css";
import "./app/tabs.css";

const place = document.getElementById("studio");
if (place) {
  place.replaceChildren();
  render(<Studio />, place);
}
