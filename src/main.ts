const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 17)) {
  console.error(`Holdfast needs Node 22.17 or later, and this is ${process.versions.node}. Start it with npm (npm start), which brings its own.`);
  process.exit(1);
}
const { runCommand } = await import('./commands.js');
process.exitCode = await runCommand(process.argv[2] ?? 'start');
