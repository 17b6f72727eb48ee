/** Style sheets as Vite gives them to a module: class names as written to class names as built. */
declare module '*.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}
