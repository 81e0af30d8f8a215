/**
 * What the resource is called. Plain constants with no imports: unlike the schema, these may be loaded in production.
 */

export const group = 'mcp.mcp.dev';
export const version = 'v1alpha1';
export const apiVersion = 'mcp.mcp.dev/v1alpha1';
export const kind = 'MCPServer';
export const listKind = 'MCPServerList';
/** Lower-case plural, as in URLs and RBAC rules. */
export const plural = 'mcpservers';
export const singular = 'mcpserver';
export const shortNames = ['smcp'];
/** `kubectl get mcp` lists everything of this product. Not in `all`: its children are there already. */
export const categories = ['mcp'];
