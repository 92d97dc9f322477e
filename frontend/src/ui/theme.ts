import { createTheme, type CSSVariablesResolver } from "@mantine/core";

/** Greys of a dark room; one accent for what is active. */
export const theme = createTheme({
  fontFamily: "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Liberation Sans', sans-serif",
  primaryColor: "sky",
  primaryShade: { light: 8, dark: 7 },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  colors: {
    sky: ["#e6f3ff", "#cde4ff", "#9cc9ff", "#75b7ff", "#4da3ff", "#3592f5", "#1f7fe0", "#126cc4", "#0b5aa6", "#064785"],
    dark: ["#d7dae0", "#b3b8c2", "#8b919c", "#5d636e", "#3a3f49", "#2a2e36", "#1f2229", "#17191e", "#121419", "#0e0f12"],
  },
});

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  dark: { "--mantine-color-body": "#0e0f12", "--mantine-color-dimmed": "#9aa0ab" },
  light: { "--mantine-color-dimmed": "#565c66" },
});
