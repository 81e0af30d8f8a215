/** What the sample server says that it is, over MCP and in its image. */
export const serverInfo = { name: 'smooth-operator-sample', version: '1.0.0' };
