// What the scripts share: their settings, and a sentence for each step, so that a failure says in which it was.

export const settings = JSON.parse(process.argv[2]);

export async function step(sentence, work) {
  try {
    return await work();
  } catch (error) {
    const cause = error.cause instanceof Error ? error.cause.message : JSON.stringify(error.cause);
    console.error(`FAILED: ${sentence}\n${error.stack}\n${error.error ?? ""} ${error.error_description ?? ""} ${cause ?? ""}`);
    process.exit(1);
  }
}

export function equal(found, wanted) {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (left !== right) throw new Error(`${left} is not ${right}`);
}

// What is refused with this OAuth error, and with no other.
export async function refused(error, work) {
  try {
    await work();
  } catch (caught) {
    if (caught.error === error) return;
    throw caught;
  }
  throw new Error(`this should have been refused with ${error}`);
}

export const key = () => crypto.subtle.importKey("jwk", settings.robot.key, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
