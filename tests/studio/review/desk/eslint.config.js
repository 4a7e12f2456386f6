// What the desk's modules and their tests have to keep to; run from the project's root.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["studio/review/desk/*.js", "studio/record/booth/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      eqeqeq: "error", "no-shadow": "error", "no-var": "error", "prefer-const": "error", "object-shorthand": "error",
      "no-unused-vars": ["error", { varsIgnorePattern: "^_+$" }],
      "max-lines": ["error", 350], "max-lines-per-function": ["error", 60],
    },
  },
  { files: ["tests/studio/review/desk/*.js"], languageOptions: { globals: globals.node } },
];
