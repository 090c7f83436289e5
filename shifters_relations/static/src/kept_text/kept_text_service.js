import { _t } from "@web/core/l10n/translation";
import { serializeDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { forget, forgetAll, forgetOthers, lostTexts } from "./kept_text_store";
import { plainText } from "./plain_text";

const { DateTime } = luxon;

/** The texts on this device that no form holds, as far as the server has not got them after all. */
export const keptTextService = {
    dependencies: ["action", "orm"],
    start(env, { action, orm }) {
        forgetOthers();

        /** Whether the server has what is kept: an answer may be lost after what it answers was saved. */
        async function isSaved(text) {
            const names = Object.keys(text.fields).filter((name) =>
                ["char", "text", "html"].includes(text.fields[name].type)
            );
            if (!names.length || text.pictures || text.loose.length || Object.keys(text.lines).length) {
                return false;
            }
            const since = serializeDateTime(DateTime.fromMillis(text.since).minus({ minutes: 5 })); // clocks differ
            const domain = text.resId
                ? [["id", "=", text.resId]]
                : [["create_uid", "=", user.userId], ["create_date", ">=", since]];
            if (text.about) {
                domain.push(["partner_id", "=", text.about.id]);
            }
            const records = await orm.silent.searchRead(text.resModel, domain, names, { limit: 40, order: "id desc" });
            return records.some((record) =>
                names.every((name) => {
                    const { type, value } = text.fields[name];
                    return plainText(record[name], type) === plainText(value, type);
                })
            );
        }

        async function isGone(text) {
            return Boolean(text.resId) && !(await orm.silent.searchCount(text.resModel, [["id", "=", text.resId]]));
        }

        return {
            /**
             * @param {(text: import("./kept_text_store").KeptText) => boolean} isWanted
             * @returns {Promise<(KeptText & { isGone: boolean })[]>} what could not be saved, the newest first;
             *  gone is what was typed in a record that is no longer there
             */
            async find(isWanted) {
                const found = [];
                for (const text of await lostTexts()) {
                    if (!isWanted(text)) {
                        continue;
                    }
                    try {
                        if (await isSaved(text)) {
                            forget(text.id);
                        } else {
                            found.push({ ...text, isGone: await isGone(text) });
                        }
                    } catch {
                        found.push({ ...text, isGone: false }); // the server does not say: rather offered than lost
                    }
                }
                return found;
            },
            forget,
            /** Open the form where a text was typed: it is offered there. */
            open(text) {
                return action.doAction({
                    type: "ir.actions.act_window",
                    name: text.name,
                    res_model: text.resModel,
                    res_id: text.resId,
                    views: [[false, "form"]],
                    context: text.about ? { default_partner_id: text.about.id } : {},
                });
            },
            /** @returns {string} when a text was typed, in words */
            sayWhen(text) {
                const at = DateTime.fromMillis(text.at);
                return _t("%(day)s, %(time)s", {
                    day: at.toLocaleString({ day: "numeric", month: "long" }),
                    time: at.toLocaleString(DateTime.TIME_SIMPLE),
                });
            },
        };
    },
};

registry.category("services").add("relationship_kept_text", keptTextService);

const menuItems = registry.category("user_menuitems");
const getLogOutItem = menuItems.get("log_out");

/** Who logs out leaves nothing on the device. */
menuItems.add(
    "log_out",
    (env) => {
        const item = getLogOutItem(env);
        return {
            ...item,
            callback: () => {
                forgetAll();
                return item.callback();
            },
        };
    },
    { force: true }
);
