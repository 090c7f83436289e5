import { markRaw, markup } from "@odoo/owl";
import { ConnectionLostError } from "@web/core/network/rpc";
import { RelationalModel } from "@web/model/relational_model/relational_model";
import { plainText } from "./plain_text";

/** A form whose fields can be filled while the network is away: what follows from a value is computed at save. */
export class KeptTextRecord extends RelationalModel.Record {
    async _getOnchangeValues(changes) {
        try {
            return await super._getOnchangeValues(changes);
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                return {};
            }
            throw error;
        }
    }

    async _save() {
        this._adoptDraft();
        if (!this.model._urgentSave) {
            await this._joinOthers();
        }
        return super._save(...arguments);
    }

    /** Put what was written elsewhere meanwhile under what is saved: of two texts none is lost. */
    async _joinOthers() {
        let others = {};
        try {
            others = await this.model.findOthers(this, this._changes);
        } catch {
            // the save itself says what is wrong
        }
        for (const [name, value] of Object.entries(others)) {
            const mine = this._changes[name] || "";
            this._changes[name] =
                this.fields[name].type === "html" ? markup(`${mine}${value}`) : `${mine}\n${value}`;
        }
    }

    /** Go on with the draft that was saved in silence while this new record was typed, instead of making another. */
    _adoptDraft() {
        const { draftId } = this.model;
        if (this.resId || !draftId || !this.config.isRoot) {
            return;
        }
        this._changes = markRaw({ ...this._values, ...this._changes });
        this.model._updateConfig(
            this.config,
            { resId: draftId, resIds: [...this.resIds, draftId] },
            { reload: false }
        );
        this.model.draftId = false;
    }
}

export class KeptTextModel extends RelationalModel {
    static Record = KeptTextRecord;

    setup() {
        super.setup(...arguments);
        /** @type {number | false} the draft on the server of a record that is still new in the form */
        this.draftId = false;
        /** @type {Record<string, any>} what this form has sent in silence since it read the record */
        this.known = {};
    }

    /**
     * @param {KeptTextRecord} record
     * @param {Record<string, any>} values those of this form
     * @returns {Promise<Record<string, string>>} the texts that another tab, or somebody else, has put on the server
     *  since this form read or sent its own, and that its own do not hold
     */
    async findOthers(record, values) {
        const id = record.resId || this.draftId;
        const names = Object.keys(values).filter((name) => ["html", "text"].includes(record.fields[name].type));
        if (!record.config.isRoot || !id || !names.length) {
            return {};
        }
        const [found] = await this.orm.silent.read(record.resModel, [id], names);
        return Object.fromEntries(
            names
                .filter((name) => {
                    const [there, mine, known] = [
                        found?.[name],
                        values[name],
                        name in this.known ? this.known[name] : record._values[name],
                    ].map((value) => plainText(value, record.fields[name].type));
                    return there !== known && !mine.includes(there);
                })
                .map((name) => [name, found[name]])
        );
    }
}
