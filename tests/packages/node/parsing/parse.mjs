// Parses the project in the folder that the first argument names, offline, and prints what HubSpot's library found.

import path from 'node:path';
import { ALLOWED_TOP_LEVEL_FIELDS } from '@hubspot/project-parsing-lib/constants';
import { isKnownPlatformVersion, parseProjectConfig } from '@hubspot/project-parsing-lib/projects';
import { translate } from '@hubspot/project-parsing-lib/translate';
import { validateUid } from '@hubspot/project-parsing-lib/uid';

const folder = path.resolve(process.argv[2]);
const project = parseProjectConfig(folder);
const context = {
  projectSourceDir: path.join(folder, project.srcDir),
  platformVersion: project.platformVersion,
};
const { intermediateRepresentation, skippedHsMetaFiles } = await translate(context, { skipValidation: true });
const nodes = Object.values(intermediateRepresentation.intermediateNodesIndexedByUid);
console.log(
  JSON.stringify({
    knownVersion: isKnownPlatformVersion(project.platformVersion),
    skipped: skippedHsMetaFiles,
    types: Object.fromEntries(nodes.map((node) => [node.uid, node.componentType])),
    uidErrors: nodes.map((node) => validateUid(node.uid)).filter(Boolean),
    allowedKeys: [...ALLOWED_TOP_LEVEL_FIELDS],
  }),
);
