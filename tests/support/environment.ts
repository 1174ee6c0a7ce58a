/** The environment without our own variables: what drives a test run is no setting of a server, which refuses such. */
export const environmentWithoutOurs = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BARRAGE_")));
